(* Where the paper's equivalence fails: explicit systems of one visible and one hidden spin. *)

From Coq Require Import Reals List Lra.
From audit Require Import Traces Mapping Spins.
Import ListNotations.
Open Scope R_scope.

(* Eq. 8, "=>" fails: H = 0 and T = w v h + c v + d with e^w = e^c = 2 and e^d = 8/25. *)
Definition H_0 (v : one_spin) : R := 0.
Definition T_8 (v h : one_spin) : R := ln 2 * spin v * spin h + ln 2 * spin v + ln (8 / 25).

(* It fails without a constant in T too: H = -K v and E = b h + w v h + c v (Eq. 10), with e^K = 12, e^{-b} = 2,
   e^{-c} = 8/3 and e^{-w} = 2; T = -E + H (Eq. 18). *)
Definition H_K (v : one_spin) : R := - ln 12 * spin v.
Definition T_K (v h : one_spin) : R :=
  - (- ln 2 * spin h + - ln 2 * spin v * spin h + - ln (8 / 3) * spin v) + H_K v.

(* ---------------------------------------------------------------------------------------------------------------- *)

Lemma Tr_one (f : one_spin -> R) : Tr f = f true + f false.
Proof. unfold Tr, sum_over; simpl; ring. Qed.

(* e^{s log x} for a spin s. *)
Definition power (x : R) (s : bool) : R := if s then x else / x.

Lemma exp_power x s : 0 < x -> exp (ln x * spin s) = power x s.
Proof.
  intros p; destruct s; simpl; [now rewrite Rmult_1_r, exp_ln|].
  replace (ln x * -1) with (- ln x) by ring; now rewrite exp_Ropp, exp_ln.
Qed.

Lemma spin_product s t : spin s * spin t = spin (Bool.eqb s t).
Proof. destruct s, t; simpl; ring. Qed.

Lemma exp_T_8 v h : exp (T_8 v h) = power 2 (Bool.eqb v h) * power 2 v * (8 / 25).
Proof.
  rewrite <- !exp_power by lra; rewrite <- (exp_ln (8 / 25)) by lra; rewrite <- !exp_plus, <- spin_product.
  f_equal; unfold T_8; ring.
Qed.

Lemma exp_T_K v h : exp (T_K v h) = power 2 h * power 2 (Bool.eqb v h) * power (8 / 3) v * / power 12 v.
Proof.
  rewrite <- !exp_power, <- exp_Ropp, <- !exp_plus, <- spin_product by lra.
  f_equal; unfold T_K, H_K; ring.
Qed.

Lemma exp_H_K v : exp (- H_K v) = power 12 v.
Proof. rewrite <- exp_power by lra; f_equal; unfold H_K; ring. Qed.

(* p = (4/5, 1/5) differs from P = (1/2, 1/2), and still E_P[q] = 1. *)
Theorem Eq_8_forwards_fails :
  Delta_F H_0 T_8 = 0 /\ ~ exact_RG T_8 /\ q T_8 true = 8 / 5 /\ q T_8 false = 2 / 5 /\ D_KL H_0 T_8 = ln 5 - 2 * ln 2.
Proof.
  assert (up : q T_8 true = 8 / 5) by (unfold q; rewrite Tr_one, !exp_T_8; simpl; field).
  assert (down : q T_8 false = 2 / 5) by (unfold q; rewrite Tr_one, !exp_T_8; simpl; field).
  assert (half : forall v, P H_0 v = 1 / 2).
  { intros v; unfold P, Z; rewrite Tr_one; unfold H_0; rewrite Ropp_0, exp_0; field. }
  assert (zero : Delta_F H_0 T_8 = 0).
  { rewrite (proj2 (C1 _ _)); unfold mean_P; rewrite Tr_one, !half, up, down.
    replace (1 / 2 * (8 / 5) + 1 / 2 * (2 / 5)) with 1 by field; rewrite ln_1; ring. }
  split; [exact zero|split; [intros e; specialize (e true); lra|split; [exact up|split; [exact down|]]]].
  rewrite (proj1 (C3 _ _)), zero; unfold mean_P; rewrite Tr_one, !half, up, down.
  replace (8 / 5) with (2 * 2 * 2 * / 5) by field; replace (2 / 5) with (2 * / 5) by field.
  rewrite !ln_mult, !ln_Rinv by lra; field.
Qed.

Theorem Eq_8_forwards_fails_without_constant :
  Delta_F H_K T_K = 0 /\ ~ exact_RG T_K /\ q T_K true = 17 / 18 /\ q T_K false = 9.
Proof.
  assert (up : q T_K true = 17 / 18) by (unfold q; rewrite Tr_one, !exp_T_K; simpl; field).
  assert (down : q T_K false = 9) by (unfold q; rewrite Tr_one, !exp_T_K; simpl; field).
  split; [|split; [intros e; specialize (e true); lra|split; [exact up|exact down]]].
  rewrite (proj2 (C1 _ _)); unfold mean_P, P, Z; rewrite !Tr_one, !exp_H_K, up, down; simpl.
  match goal with |- - ln ?x = 0 => replace x with 1 by field end; rewrite ln_1; ring.
Qed.

(* KL = 0 alone is not enough either: T = 0 with one hidden spin has p = P, and q = 2. *)
Theorem KL_alone_is_not_enough {V : finite} (H : V -> R) (T := fun (_ : V) (_ : one_spin) => 0) :
  D_KL H T = 0 /\ (forall v, q T v = 2) /\ Delta_F H T = - ln 2.
Proof.
  assert (two : forall v, q T v = 2) by (intros v; unfold q, T; rewrite Tr_one, exp_0; ring).
  split; [apply D_KL_zero; intros v; symmetry; revert v; apply C4, C4; now exists 2|split; [exact two|]].
  rewrite (proj2 (C1 H T)); do 2 f_equal; unfold mean_P; rewrite (Tr_ext _ (fun v => P H v * 2)) by (intros; now rewrite two).
  rewrite Tr_scale_r, P_normalised; ring.
Qed.

(* "Minimise Delta F" has no minimum: a constant added to T is subtracted from Delta F. *)
Theorem Delta_F_is_unbounded {V W : finite} (H : V -> R) (T : V -> W -> R) c :
  Delta_F H (fun v h => T v h + c) = Delta_F H T - c.
Proof.
  rewrite !(proj1 (C1 _ _)).
  replace (Z' H (fun v h => T v h + c)) with (exp c * Z' H T).
  - rewrite ln_mult, ln_exp by (apply exp_pos || apply Z'_positive); ring.
  - unfold Z', E; rewrite <- Tr_scale; apply Tr_ext; intros v; rewrite <- Tr_scale; apply Tr_ext; intros h.
    rewrite <- exp_plus; f_equal; ring.
Qed.
