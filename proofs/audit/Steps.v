(* Beyond the paper: composition (C8), data processing (C9), the upward pass (C10), Kadanoff's kernel (C11). *)

From Coq Require Import Reals List Lra Lia.
From audit Require Import Traces Mapping Spins.
Import ListNotations.
Open Scope R_scope.

(* The step T1 from v to h, then T2 from h to k: e^{T12(v, k)} = Tr_h e^{T1(v, h) + T2(h, k)}. *)
Definition compose {V W X : finite} (T1 : V -> W -> R) (T2 : W -> X -> R) (v : V) (k : X) : R :=
  ln (Tr_ h, exp (T1 v h + T2 h k)).

(* The data that a network passes up: P_h(h) = Tr_v P(v) p(h|v), with p(h|v) = p(v, h) / p(v). *)
Definition passed_up {V W : finite} (H : V -> R) (T : V -> W -> R) (h : W) : R :=
  Tr_ v, P H v * (p H T v h / p_v H T v).

(* Kadanoff's kernel with M hidden spins of fields m_j(v), for instance m_j(v) = p * (sum of block j). *)
Definition T_Kadanoff {V : finite} M (m : nat -> V -> R) (v : V) (h : spins M) : R :=
  sum_below M (fun j => m j v * at_ h j - ln (2 * cosh (m j v))).

(* ---------------------------------------------------------------------------------------------------------------- *)

Section Composition.
  Context {V W X : finite} (H : V -> R) (T1 : V -> W -> R) (T2 : W -> X -> R).
  Notation T12 := (compose T1 T2).

  Lemma exp_compose v k : exp (T12 v k) = Tr_ h, exp (T1 v h) * exp (T2 h k).
  Proof.
    unfold compose; rewrite exp_ln by (apply Tr_positive; intros; apply exp_pos).
    apply Tr_ext; intros; apply exp_plus.
  Qed.

  Lemma weight_RG {A B : finite} (G : A -> R) (T : A -> B -> R) h :
    exp (- H_RG G T h) = Tr_ v, exp (- G v) * exp (T v h).
  Proof. rewrite exp_H_RG; apply Tr_ext; intros v; rewrite <- exp_plus; f_equal; unfold E; ring. Qed.

  Theorem C8_hamiltonian k : H_RG H T12 k = H_RG (H_RG H T1) T2 k.
  Proof.
    enough (- H_RG H T12 k = - H_RG (H_RG H T1) T2 k) by lra; apply exp_inv; rewrite !weight_RG.
    rewrite (Tr_ext _ (fun v => Tr_ h, exp (- H v) * exp (T1 v h) * exp (T2 h k))).
    - rewrite Tr_swap; apply Tr_ext; intros h; now rewrite weight_RG, <- Tr_scale_r.
    - intros v; rewrite exp_compose, <- Tr_scale; apply Tr_ext; intros; ring.
  Qed.

  Theorem C8_exact : exact_RG T1 -> exact_RG T2 -> exact_RG T12.
  Proof.
    intros e1 e2 v; unfold q; rewrite (Tr_ext _ _ (exp_compose v)), Tr_swap, <- (e1 v).
    apply Tr_ext; intros h; rewrite Tr_scale; fold (q T2 h); rewrite e2; ring.
  Qed.

  Theorem C8_free_energy : Delta_F H T12 = Delta_F H T1 + Delta_F (H_RG H T1) T2.
  Proof.
    unfold Delta_F; change (F_v (H_RG H T1)) with (F_h H T1).
    replace (F_h H T12) with (F_h (H_RG H T1) T2); [ring|].
    unfold F_h; do 2 f_equal; apply Tr_ext; intros k; now rewrite C8_hamiltonian.
  Qed.
End Composition.

Section Processing.
  Context {A B : finite} (a b : A -> B -> R).
  Hypotheses (a_positive : forall x y, 0 < a x y) (b_positive : forall x y, 0 < b x y).
  Notation a_y := (fun y => Tr_ x, a x y). Notation b_y := (fun y => Tr_ x, b x y).

  (* The chain rule of relative entropy. *)
  Lemma chain_rule :
    (Tr_ x, KL (a x) (b x))
    = KL a_y b_y + Tr_ y, a_y y * KL (fun x => a x y / a_y y) (fun x => b x y / b_y y).
  Proof.
    unfold KL at 1; rewrite Tr_swap; unfold KL at 1; rewrite <- Tr_plus; apply Tr_ext; intros y.
    assert (pa : 0 < a_y y) by (apply Tr_positive; intros; apply a_positive).
    assert (pb : 0 < b_y y) by (apply Tr_positive; intros; apply b_positive).
    revert pa pb; cbv beta; unfold KL; set (s := Tr_ x, a x y); set (t := Tr_ x, b x y); intros pa pb.
    unfold s at 1; rewrite <- Tr_scale_r, <- Tr_scale, <- Tr_plus; apply Tr_ext; intros x.
    pose proof (a_positive x y); pose proof (b_positive x y).
    replace (a x y / s / (b x y / t)) with (a x y / b x y * / (s / t)) by (field; lra).
    assert (ab : 0 < a x y / b x y) by now apply Rdiv_lt_0_compat.
    assert (st : 0 < s / t) by now apply Rdiv_lt_0_compat.
    rewrite ln_mult, ln_Rinv by (try apply Rinv_0_lt_compat; assumption); field; lra.
  Qed.

  Lemma marginal_KL : KL a_y b_y <= Tr_ x, KL (a x) (b x).
  Proof.
    rewrite chain_rule; apply Rplus_le_reg_l with (- KL a_y b_y); ring_simplify.
    apply Tr_nonneg; intros y.
    assert (pa : 0 < a_y y) by (apply Tr_positive; intros; apply a_positive).
    assert (pb : 0 < b_y y) by (apply Tr_positive; intros; apply b_positive).
    apply Rmult_le_pos; [now apply Rlt_le|apply Gibbs].
    - intros x; now apply Rdiv_lt_0_compat.
    - intros x; now apply Rdiv_lt_0_compat.
    - rewrite !Tr_divide; unfold Rdiv; rewrite !Rinv_r by (now apply nonzero); reflexivity.
  Qed.
End Processing.

Section Upwards.
  Context {V W : finite} (H : V -> R) (T : V -> W -> R).

  Lemma p_positive v h : 0 < p H T v h.
  Proof. apply Rdiv_lt_0_compat; [apply exp_pos|apply Z'_positive]. Qed.

  (* C9: the hidden layer cannot tell data and model apart better than the visible one. *)
  Theorem C9 : KL (passed_up H T) (p_h H T) <= D_KL H T.
  Proof.
    assert (conditional : forall v, (Tr_ h, p H T v h / p_v H T v) = 1).
    { intros v; rewrite Tr_divide; apply Rinv_r, nonzero, p_v_positive. }
    assert (positive : forall v h, 0 < P H v * (p H T v h / p_v H T v)).
    { intros v h; apply Rmult_lt_0_compat; [apply P_positive|].
      apply Rdiv_lt_0_compat; [apply p_positive|apply p_v_positive]. }
    pose proof (marginal_KL _ _ positive p_positive) as m.
    replace (D_KL H T) with (Tr_ v, KL (fun h => P H v * (p H T v h / p_v H T v)) (p H T v)); [exact m|].
    apply Tr_ext; intros v; unfold KL.
    rewrite (Tr_ext _ (fun h => P H v * ln (P H v / p_v H T v) * (p H T v h / p_v H T v))).
    - rewrite Tr_scale, conditional; ring.
    - intros h; pose proof (p_positive v h); pose proof (p_v_positive H T v).
      replace (P H v * (p H T v h / p_v H T v) / p H T v h) with (P H v / p_v H T v) by (field; lra); ring.
  Qed.

  (* C10: what is passed up is p(h) if q is constant. (That p(h|v) is an exact step is C6.) *)
  Theorem C10 : (exists c, forall v, q T v = c) -> forall h, passed_up H T h = p_h H T h.
  Proof.
    intros c h; pose proof (proj2 (proj1 (C4 H T)) (proj2 (proj2 (C4 H T)) c)) as same.
    apply Tr_ext; intros v; rewrite <- same; field; apply nonzero, p_v_positive.
  Qed.
End Upwards.

Lemma sum_of_products n : forall g : nat -> bool -> R, (forall j, exp (g j true) + exp (g j false) = 1) ->
  sum_over (configurations n) (fun l => exp (sum_below n (fun j => g j (nth j l true)))) = 1.
Proof.
  induction n as [|n IH]; intros g one; [unfold sum_below, sum_over; simpl; rewrite exp_0; ring|].
  rewrite sum_configurations; rewrite <- (one 0%nat).
  transitivity (sum_over up_down (fun s => exp (g 0%nat s) * 1)).
  - apply sum_ext; intros s; rewrite <- (IH (fun j => g (S j)) (fun j => one (S j))), <- sum_scale.
    apply sum_ext; intros l; rewrite <- exp_plus; f_equal; unfold sum_below, sum_over.
    cbn [seq map fold_right nth]; now rewrite <- seq_shift, map_map.
  - unfold sum_over, up_down; simpl; ring.
Qed.

(* C11: Kadanoff's kernel is an exact RG for every p and every H. *)
Theorem C11 {V : finite} M (m : nat -> V -> R) : exact_RG (T_Kadanoff M m).
Proof.
  intros v; unfold q, T_Kadanoff, at_.
  rewrite (Tr_spins M (fun l => exp (sum_below M (fun j => m j v * spin (nth j l true) - ln (2 * cosh (m j v)))))).
  apply (sum_of_products M (fun j s => m j v * spin s - ln (2 * cosh (m j v)))); intros j; cbn [spin].
  unfold Rminus; rewrite !exp_plus, !exp_Ropp.
  assert (c : 0 < cosh (m j v)) by (unfold cosh; pose proof (exp_pos (m j v)); pose proof (exp_pos (- m j v)); lra).
  rewrite exp_ln by lra; replace (m j v * 1) with (m j v) by ring; replace (m j v * -1) with (- m j v) by ring.
  rewrite <- Rmult_plus_distr_r; replace (exp (m j v) + exp (- m j v)) with (2 * cosh (m j v)) by (unfold cosh; field).
  apply Rinv_r; lra.
Qed.
